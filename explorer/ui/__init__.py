"""Pages, session and components: everything a person sees. The only package here that imports streamlit."""
