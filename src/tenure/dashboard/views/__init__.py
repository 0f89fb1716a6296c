"""What a page shows → Streamlit: nothing here computes."""
