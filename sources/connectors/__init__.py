"""Ways into department systems, one module a transport; each offers deliveries (`offer.py`) and fetches their bytes."""
