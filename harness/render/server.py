"""The image of the product with its plug-ins."""

from collections.abc import Mapping
from dataclasses import replace

from harness import templating
from harness.engine import base_reference
from harness.errors import InputError
from harness.installers import INSTALLERS, WHOLE
from harness.language import Message
from harness.model import Context, Environment, File, Recipe
from harness.protocols import Contents, Site
from harness.render.contents import context, exec_form, folder_word, joined, quoted, with_user
from harness.render.image import ImageToBe

ALWAYS = {"LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}  # so that a product's log comes line by line


def server_chain(image: ImageToBe, environment: Environment, recipe: Recipe) -> tuple[Context, ...]:
    if given := next((name for name in WHOLE if name in image.layers.product), None):
        return _on_given(image, given, environment, recipe)
    os = context(
        "os", base_reference(image.site.base), with_user(image.product(["apt"]), image.site, image.site.workdir)
    )
    chain = [os]
    product = image.product([name for name in INSTALLERS if name != "apt"])
    if product.instructions:
        chain.append(context("product", os.tag, product))
    last = joined([image.plugins(), _particular(environment, recipe, image.site)])
    return (*chain, context("plugins", chain[-1].tag, last))


def _on_given(image: ImageToBe, name: str, environment: Environment, recipe: Recipe) -> tuple[Context, ...]:
    """What comes on top of an image that is given: of user, folder and command only what the recipe says."""
    given = image.product([name])
    said = recipe.model_fields_set
    particular = _particular(environment, recipe, image.site, variables={})
    silent = [word for word, field in (("WORKDIR", "workdir"), ("USER", "user"), ("CMD", "start")) if field not in said]
    lines = tuple(line for line in particular.instructions if line.partition(" ")[0] not in silent)
    if "start" in said:
        lines = (*lines[:-1], "ENTRYPOINT []", lines[-1])
    above = [image.product([one for one in INSTALLERS if one not in WHOLE]), image.plugins()]
    last = joined([*above, replace(particular, instructions=lines)])
    return (*given.below, context("plugins", given.parent, last))


def _particular(
    environment: Environment, recipe: Recipe, site: Site, variables: Mapping[str, str] = ALWAYS
) -> Contents:
    """What may depend on everything in the environment."""
    seen = templating.context(environment)

    def filled(text: str) -> str:
        return templating.expand(text, seen, path=recipe.path, line=recipe.line(text)) if "{" in text else text

    files, lines = [], []
    for number, template in enumerate(recipe.templates, start=1):
        path = recipe.folder / template.source
        if not path.resolve().is_relative_to(recipe.folder.resolve()):
            raise InputError(Message("{path} lies outside of the recipe", path=path))
        place = f"templates/{number}"
        files.append(File.of(place, templating.render_file(path, seen).encode()))
        lines.append(f"COPY --chown={site.user} {exec_form([place, filled(template.to)])}")
    plain = {name: variable.value for name, variable in recipe.environment.items() if not variable.is_secret}
    there = {**variables, **{name: filled(value) for name, value in plain.items()}}
    lines += [f"ENV {name}={quoted(value, name)}" for name, value in there.items()]
    lines += [f"WORKDIR {folder_word(site.workdir)}", f"USER {site.user}"]
    lines += [f"RUN {exec_form([filled(word) for word in command])}" for command in recipe.setup]
    lines.append(f"CMD {exec_form([filled(word) for word in recipe.start])}")
    return Contents(files=tuple(files), instructions=tuple(lines))
