"""The server under the pages: who may ask, what reaches Streamlit, what is sent, and how memory is given back."""
