"""Data Docs pages that need no network: in place of Great Expectations' own frame of a page.

Its templates draw their style sheets, icons and scripts from seven hosts. These take the place of the
three templates that do, and leave everything that says something of the data to the library.
"""

from __future__ import annotations

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 0; color: #212529; }
main { display: grid; grid-template-columns: 16rem minmax(0, 1fr); gap: 2rem; padding: 1.5rem; }
nav { position: sticky; top: 1.5rem; align-self: start; max-height: 90vh; overflow: auto; }
nav ul { list-style: none; padding: 0; }
a { color: #0b5394; text-decoration: none; }
table { border-collapse: collapse; width: 100%; margin-bottom: 1rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .6rem; border-bottom: 1px solid #dee2e6; }
td .show-scrollbars { max-height: 40vh; overflow: auto; }
h5 { font-size: 1.05rem; margin: .3rem 0; }
.alert { background: #eef1f4; padding: .4rem .8rem; border-radius: 4px; }
.badge { background: #6c757d; color: #fff; border-radius: 3px; padding: 0 .35rem; font-size: .85em; }
.badge-danger { background: #b02a37; }
.text-danger { color: #b02a37; } .text-success { color: #146c43; } .text-warning { color: #997404; }
.fas { font-style: normal; font-weight: bold; }
.fa-check-circle::before { content: "\\2714"; }
.fa-times::before { content: "\\2718"; }
.fa-exclamation-triangle::before { content: "!"; }
code { white-space: pre-wrap; overflow-wrap: anywhere; }
body:has(#failed:checked) tr:has(.fa-check-circle) { display: none; }
"""

_PAGE = (
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ page_title | e }}</title>
<style>"""
    + _STYLE
    + """</style>
</head>
<body>
<main>
<nav>
<p><a href="index.html">All sources of the period</a></p>
<p><label><input type="checkbox" id="failed"> failed only</label></p>
<ul>
{% for section in sections %}
<li><a href="#section-{{ loop.index }}">{{ section["section_name"] | e }}</a></li>
{% endfor %}
</ul>
</nav>
<article>
{% for section in sections %}
{% set section_loop = loop -%}
{% include "section.j2" %}
{% endfor %}
</article>
</main>
</body>
</html>
"""
)

_COLLAPSE = """<details id="{{ content_block_id }}-more">
<summary>{{ content_block.get("collapse_toggle_link", "more") | render_content_block }}</summary>
{% include "content_block_header.j2" %}
{% for block in content_block["collapse"] %}
{{ block | render_content_block(content_block_id=content_block_id ~ "-more-" ~ loop.index) }}
{% endfor %}
</details>
"""

_INDEX = (
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data Docs, {{ as_of }}</title>
<style>"""
    + _STYLE
    + """</style>
</head>
<body>
<article style="padding: 1.5rem; max-width: 60rem">
<h1>What was expected of the rows of {{ as_of }}</h1>
<table>
<thead><tr><th>Source</th><th>Expectations</th><th>Met</th><th>Not met, or not evaluated</th></tr></thead>
<tbody>
{% for page in pages %}
<tr>
<td><a href="{{ page.file | e }}">{{ page.source | e }}</a></td>
<td>{{ page.n_expectations }}</td><td>{{ page.n_met }}</td><td>{{ page.n_expectations - page.n_met }}</td>
</tr>
{% endfor %}
</tbody>
</table>
</article>
</body>
</html>
"""
)

INDEX = "tenure_index.j2"
TEMPLATES = {"page.j2": _PAGE, "collapse.j2": _COLLAPSE, INDEX: _INDEX}
"""By the name under which Great Expectations looks them up; the index is ours alone."""
