"""Free text in the twins of tables, as a renderer of Markdown reads it: nothing but the text comes of it."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from genbench.measurement import COLUMNS
from genbench.results.formats import as_text
from genbench.results.latex import as_latex
from genbench.results.latex import escape as latex_escape
from genbench.results.markdown import as_markdown, escape, markdown_table
from genbench.text import plain

HOSTILE = [
    "[x](javascript:alert(1))", "[x](http://evil 'title')", "![](http://evil/pixel.png)", "![x][y]", "[x][y]",
    "[x][]", "[y]", "[y]: http://evil", "[^1]", "[^1]: note", "<http://evil>", "<a@b.c>", "http://evil/x",
    "https://evil", "www.evil.com", "a@b.com", "@mention", "ftp://evil", "<script>alert(1)</script>",
    "<img src=x onerror=y>", "<!-- x -->", "<b", "</td>", "<?php ?>", "<![CDATA[x]]>", "a|b", "|", "||||", "a\\|b",
    "a\\\\|b", "a\\", "\\", "`code`", "``a`b``", "```", "~~~", "`a|b`", "*x*", "**x**", "***", "_x_", "__x__",
    "a_b_c", "_", "~x~", "~~x~~", "# heading", "###### h", "#", "> quote", ">quote", "- item", "+ item", "* item",
    "1. item", "1) item", "123456789. x", "---", "===", "-", "=", "- [ ] task", "[ ] task", "[x] task", "&lt;b&gt;",
    "&#60;b&#62;", "&#x3c;", "&copy;", "&nbsp;", "AT&T", "$x^2$", "$$x$$", ":smile:", "    code", "a\u2028b",
    "a\u2029b", "a\nb", "a\r\n\r\nb", "\n\n# h", "\x0c# h", "\u202eevil", "a\u200bb", "\ud800", "\\[x](y)",
    "[a](<b>)", "[a\\](b)", "[[a]](b)", "[![x](y)](z)", "](http://evil)", "[a", "x](y", "!", "!!", "a  ", "\t# h",
    "|---|", ":---:", "| a | b |\n|---|---|", "%%", "\\*x\\*", "bound[elbo]", "gan:k=2,hidden=[8,8]", "naive_bayes",
    "0.5 [0.4, 0.6]", "*", "**", "nan", "_a", "a_", "é_é", "www.", "://", "mailto:a@b.com",
]  # fmt: skip
RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
IN_TABLES = [text for text in HOSTILE if text != "\ud800"]
"""Columns of text hold no halves of characters."""
PLAIN = {"text", "softbreak"}
OUR_OWN = PLAIN | {"em_open", "em_close", "strong_open", "strong_close"}


def inline(tokens: list[Token]) -> list[Token]:
    return [token for token in tokens if token.type == "inline"]


def kinds(tokens: list[Token]) -> set[str]:
    return {child.type for token in inline(tokens) for child in token.children or []}


def read(token: Token) -> str:
    return "".join(child.content for child in token.children or [])


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_read_as_it_is_wherever_it_stands(text: str) -> None:
    shown, escaped = plain(text), escape(text)
    for line, block in ((escaped, "paragraph"), (f"- {escaped}", "bullet_list"), (f"## x {escaped} y", "heading")):
        tokens = RENDERER.parse(line)
        assert tokens[0].type == f"{block}_open"
        (only,) = inline(tokens)
        assert kinds(tokens) <= PLAIN
        assert read(only) == (f"x {shown} y" if block == "heading" else shown)
    assert not re.search(r"(?<!\\)(?:\\\\)*(?:://|@\w)|www\.", escaped)  # which GitHub makes links and mentions of


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_one_cell_of_a_table(text: str) -> None:
    shown = markdown_table(pd.DataFrame({"a": [escape(text), "x"], "b": ["y", escape(text)]}))
    tokens = RENDERER.parse(shown)
    assert [read(token) for token in inline(tokens)] == ["a", "b", plain(text), "y", "x", plain(text)]
    assert kinds(tokens) <= PLAIN
    assert {token.type for token in tokens if token.nesting == 1} <= {
        "table_open",
        "thead_open",
        "tbody_open",
        "tr_open",
        "th_open",
        "td_open",
    }


def rows_named(text: str) -> pd.DataFrame:
    row = dict.fromkeys(COLUMNS, "") | {"dataset": text, "model": text, "metric": text, "estimator": text, "unit": text}
    numbers = {
        "value": 1.0,
        "ci_low": 0.5,
        "ci_high": 2.0,
        "seeds": 2,
        "n": 10,
        "examples": 5,
        "status": "ok",
        "better": "lower",
    }
    return pd.DataFrame([{**row, **numbers}, {**row, **numbers, "model": f"other {text}"}])


@pytest.mark.parametrize("text", IN_TABLES)
def test_whole_tables_hold_no_link_picture_or_html(text: str) -> None:
    rows = rows_named(text)
    failed = rows.assign(status=["failed", "skipped"], reason=text)
    texts = (
        as_markdown("likelihood", rows, frozenset({text}), {text: text}),
        as_markdown("failures", failed, frozenset()),
        as_text(rows, rows.astype(str), [text, f"two {text}"], "markdown"),
    )
    benign = (
        as_markdown("likelihood", rows_named("x"), frozenset({"x"}), {"x": "x"}),
        as_markdown("failures", rows_named("x").assign(status=["failed", "skipped"], reason="x"), frozenset()),
        as_text(rows_named("x"), rows_named("x").astype(str), ["x", "two x"], "markdown"),
    )
    for found, expected in zip(texts, benign, strict=True):
        tokens = RENDERER.parse(found)
        assert kinds(tokens) <= OUR_OWN
        if plain(text):
            assert [token.type for token in tokens] == [token.type for token in RENDERER.parse(expected)]


@pytest.mark.parametrize(
    "text", [*IN_TABLES, "50 %", "#1", "a&b", "{", "}", "\\input{/etc/passwd}", "[10pt]", "*", "\\\\[1em]"]
)
def test_latex_holds_no_command_of_its_own(text: str) -> None:
    escaped = latex_escape(text)
    without = re.sub(
        r"\\(?:textbackslash|textasciitilde|textasciicircum|textless|textgreater)\{\}|\\[&%$#_{}]", "", escaped
    )
    assert not re.search(r"[\\&%$#_~^]", without)
    assert without.count("{") == without.count("}") <= 1
    assert not escaped.startswith(("[", "*"))
    table = as_latex("likelihood", rows_named(text), frozenset(), {})
    (label,) = re.findall(r"\\label\{(.*)\}", table)
    assert re.fullmatch(r"[\w:.,=-]+", label, re.ASCII)
