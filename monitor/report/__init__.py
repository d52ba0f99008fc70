"""A change rendered: terminal, HTML page, e-mail, Markdown, JSON, and one line. Pure: text in, text out."""
