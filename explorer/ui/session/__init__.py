"""State of a browser session, the only package that touches `st.session_state` for keys of ours."""
