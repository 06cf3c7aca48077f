"""Colours and styles of the app. The colours' home is `app/.streamlit/config.toml`; `palette.py` reads them."""
