"""What the person sees: pages, session, components. The only package here that imports streamlit."""
