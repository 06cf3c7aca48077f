"""The contract of a feed: read strictly (`loading`), its typed settings (`settings`), its derived view (`feed`)."""
