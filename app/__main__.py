"""`python -m app`: the application with its usual settings."""

from app.serving import serve

serve(host="127.0.0.1", port=8765)
