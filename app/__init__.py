"""The app: pages that show the published snapshot. It reads by `warehouse.read` alone and computes no indicator."""
