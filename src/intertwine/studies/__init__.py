"""One file a figure or table of the literature: data, models and evaluation put together."""
