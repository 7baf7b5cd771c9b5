"""A run's numbers as results to be drawn: no torch, no Streamlit; `figures` draws them."""
