"""Which elements can have a role (HTML-AAM), for browsers that find none by it."""

_OWN: dict[str, tuple[str, ...]] = {
    "article": ("article",),
    "button": ("button", "summary", *(f"input[type={kind}]" for kind in ("button", "submit", "reset", "image"))),
    "cell": ("td",),
    "checkbox": ("input[type=checkbox]",),
    "columnheader": ("th",),
    "combobox": ("select:not([multiple]):not([size])", "input[list]"),
    "dialog": ("dialog",),
    "form": ("form",),
    "group": ("fieldset", "details"),
    "heading": ("h1", "h2", "h3", "h4", "h5", "h6"),
    "img": ("img", "svg"),
    "link": ("a[href]", "area[href]"),
    "list": ("ul", "ol", "menu"),
    "listbox": ("select[multiple]", "select[size]", "datalist"),
    "listitem": ("li",),
    "main": ("main",),
    "navigation": ("nav",),
    "option": ("option",),
    "progressbar": ("progress",),
    "radio": ("input[type=radio]",),
    "row": ("tr",),
    "searchbox": ("input[type=search]:not([list])",),
    "slider": ("input[type=range]",),
    "spinbutton": ("input[type=number]",),
    "table": ("table",),
    "textbox": (
        "textarea",
        "input:not([type]):not([list])",
        *(f"input[type={kind}]:not([list])" for kind in ("text", "email", "tel", "url", "password")),
    ),
}
CANDIDATES = {
    role: ",".join([f'[role~="{role}"]', *(f"{selector}:not([role])" for selector in own)])
    for role, own in _OWN.items()
}
"""CSS selectors, by role."""
