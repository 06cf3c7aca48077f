"""What pages are put together from: figures, badges, tables, charts, graphs, states. No queries, no own words."""
