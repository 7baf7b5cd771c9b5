"""A browser session's own state, the only place that touches `st.session_state` for keys of ours."""
