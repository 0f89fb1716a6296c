"""gold tables, registry → pages in a browser, each opening with one sentence that says whether to worry.

::

    contents/   what each page shows, as frozen values: computed from gold and the registry, never from raw
    views/      the same, drawn with Streamlit
    app.py      the script that Streamlit runs
    server.py   starts it

Nothing here decides or writes anything. No folder may be called `pages`: Streamlit would show its files.
"""
