"""Skills: upload, versions, lists, download, removal."""

import shutil
import zipfile
from io import BytesIO

import anthropic
from anthropic.lib import files_from_dir
from harness import equal, true
from sdk import LEGACY, check, client, members, refused

NAME = "sales-figures"


def title(value):
    return {"display_title" if LEGACY else "display_name": value}


def version_of(skill):
    return skill.latest_version if LEGACY else skill.latest_version_id


def address(version):
    """How this client names a version in a path."""
    return version.version if LEGACY else version.id


def source_of(skill):
    return skill.source if LEGACY else skill.source.type


@check("Skills", "a custom skill is uploaded as a folder")
def upload(context):
    context.client = client(context)
    skill = context.client.beta.skills.create(**title("Sales figures"), files=files_from_dir(context.skills / NAME))
    true(skill.id.startswith("skill_"), skill.id)
    equal(source_of(skill), "custom", "source")
    equal(skill.display_title if LEGACY else skill.display_name, "Sales figures", "title")
    true(not LEGACY or version_of(skill).isdigit(), f"a version of this generation is a number: {version_of(skill)}")
    true(skill._request_id.startswith("req_"), "no request-id")
    context.skill = skill


@check("Skills", "a new version becomes the latest")
def new_version(context):
    folder = context.out / "second" / NAME
    shutil.rmtree(folder.parent, ignore_errors=True)
    shutil.copytree(context.skills / NAME, folder)
    with (folder / "SKILL.md").open("a", encoding="utf-8") as file:
        file.write("\nThis is the second version: it knows a fifth region.\n")
    script = folder / "scripts" / "figures.py"
    script.write_text(script.read_text().replace('"West": 780', '"West": 780, "Centre": 310'))
    made = context.client.beta.skills.versions.create(context.skill.id, files=files_from_dir(folder))
    equal(made.skill_id, context.skill.id, "skill_id")
    equal(made.name, NAME, "name")
    true(made.description.startswith("The sales figures"), made.description)
    found = context.client.beta.skills.retrieve(context.skill.id)
    equal(version_of(found), address(made), "the latest version")
    true(version_of(found) != version_of(context.skill), "the version did not change")
    context.second, context.second_folder = made, folder


@check("Skills", "skills are listed, page by page")
def listed(context):
    other = context.client.beta.skills.create(
        **title("Another"),
        files=[("another/SKILL.md", b"---\nname: another\ndescription: Another skill, for lists.\n---\n\nNothing.\n")],
    )
    found = [it.id for it in context.client.beta.skills.list(limit=1, source="custom")]
    equal(found, [other.id, context.skill.id], "custom skills, newest first")
    first = context.client.beta.skills.list(limit=1, source="custom")
    equal(len(first.data), 1, "skills on a page of one")
    equal(first.data[0].id, other.id, "first")
    context.other = other


@check("Skills", "built-in skills are listed under their usual names")
def built_in(context):
    found = {it.id: it for it in context.client.beta.skills.list(source="anthropic")}
    true("xlsx" in found, f"no xlsx in {sorted(found)}")
    equal(source_of(found["xlsx"]), "anthropic", "source")
    equal({source_of(it) for it in found.values()}, {"anthropic"}, "sources")
    every = [it.id for it in context.client.beta.skills.list()]
    true("xlsx" in every and context.skill.id in every, f"not all in {every}")


@check("Skills", "versions are listed and found by their address")
def versions(context):
    found = list(context.client.beta.skills.versions.list(context.skill.id, limit=1))
    equal({address(it) for it in found}, {version_of(context.skill), address(context.second)}, "versions")
    one = context.client.beta.skills.versions.retrieve(version_of(context.skill), skill_id=context.skill.id)
    equal((address(one), one.name, one.skill_id), (version_of(context.skill), NAME, context.skill.id), "version")
    true(not LEGACY or one.directory == NAME, "directory")


@check("Skills", "`latest` names the newest version")
def latest(context):
    found = context.client.beta.skills.versions.retrieve("latest", skill_id=context.skill.id)
    equal(address(found), address(context.second), "latest")


@check("Skills", "a version is downloaded byte for byte")
def download(context):
    for version, folder in (
        (address(context.second), context.second_folder),
        (version_of(context.skill), context.skills / NAME),
    ):
        answer = context.client.beta.skills.versions.download(version, skill_id=context.skill.id)
        found = members(answer.read())
        expected = {
            f"{NAME}/{path.relative_to(folder)}": path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }
        equal(sorted(found), sorted(expected), "names")
        equal(found, expected, "files")


@check("Skills", "a zip is accepted like a folder")
def zipped(context):
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("zipped/SKILL.md", "---\nname: zipped\ndescription: Comes in a zip.\n---\n\nNothing.\n")
        package.writestr("zipped/notes/a.txt", "a")
    skill = context.client.beta.skills.create(
        **title("Zipped"), files=[("zipped.zip", data.getvalue(), "application/zip")]
    )
    answer = context.client.beta.skills.versions.download(version_of(skill), skill_id=skill.id)
    equal(sorted(members(answer.read())), ["zipped/SKILL.md", "zipped/notes/a.txt"], "names")
    context.zipped = skill


@check("Skills", "without a title the skill's name is the title")
def untitled(context):
    files = [("untitled/SKILL.md", b"---\nname: untitled\ndescription: Has no title.\n---\n\nNothing.\n")]
    skill = context.client.beta.skills.create(files=files)
    equal(skill.display_title if LEGACY else skill.display_name, "untitled", "title")
    context.untitled = skill


@check(
    "Skills",
    "the same endpoints without the older header answer in the newer form",
    when=hasattr(anthropic, "beta_tool"),
)
def general(context):
    skill = context.client.skills.retrieve(context.skill.id)
    equal((skill.id, skill.display_name, skill.source.type), (context.skill.id, "Sales figures", "custom"), "skill")
    version = context.client.skills.versions.retrieve("latest", skill_id=skill.id)
    equal(version.id, skill.latest_version_id, "latest version")
    listed = [it.id for it in context.client.skills.list(limit=2, source="custom")]
    true(skill.id in listed and len(listed) == len(set(listed)), f"{listed}")


@check("Skills", "the older header changes the form for a client of any generation", when=not LEGACY)
def older_header(context):
    answer = context.client.get(
        "/v1/skills/" + context.skill.id,
        cast_to=object,
        options={"headers": {"anthropic-beta": "skills-2025-10-02", "anthropic-version": "2023-06-01"}},
    )
    equal(answer.get("source"), "custom", "source")
    equal(answer.get("display_title"), "Sales figures", "display_title")
    true(str(answer.get("latest_version")).isdigit(), f"latest_version: {answer.get('latest_version')}")


@check("Errors", "400: a skill without SKILL.md, with another name, or with a path that leaves its folder")
def bad_skills(context):
    create = context.client.beta.skills.create
    good = b"---\nname: bad\ndescription: Something.\n---\n"
    cases = [
        [("bad/README.md", good)],
        [("bad/SKILL.md", b"no front matter")],
        [("bad/SKILL.md", b"---\nname: Not A Slug\ndescription: x\n---\n")],
        [("bad/SKILL.md", good), ("elsewhere/a.txt", b"a")],
        [("bad/SKILL.md", good), ("bad/../../a.txt", b"a")],
        [("bad/SKILL.md", good), ("bad/A.txt", b"a"), ("bad/a.txt", b"b")],
    ]
    for files in cases:
        refused(anthropic.BadRequestError, lambda files=files: create(**title("Bad"), files=files), status=400)


@check("Errors", "400: a new version with another name")
def renamed(context):
    files = [("other-name/SKILL.md", b"---\nname: other-name\ndescription: Something.\n---\n")]
    create = context.client.beta.skills.versions.create
    refused(anthropic.BadRequestError, lambda: create(context.skill.id, files=files), status=400)


@check("Errors", "400: an older client cannot use a title twice", when=LEGACY)
def same_title(context):
    files = files_from_dir(context.skills / NAME)
    create = context.client.beta.skills.create
    refused(anthropic.BadRequestError, lambda: create(display_title="Sales figures", files=files), status=400)


@check("Errors", "413: a skill that is too large")
def large_skill(context):
    files = [
        ("large/SKILL.md", b"---\nname: large\ndescription: Is large.\n---\n"),
        ("large/data.bin", bytes(31 * 1024 * 1024)),
    ]
    create = client(context, max_retries=0).beta.skills.create
    refused(
        anthropic.APIStatusError,
        lambda: create(**title("Large"), files=files),
        status=413,
        names=("ContentTooLargeError", "RequestTooLargeError"),
    )


@check("Errors", "404: skills and versions that are not there, or not in this workspace")
def foreign_skills(context):
    skills = context.client.beta.skills
    refused(anthropic.NotFoundError, lambda: skills.retrieve("skill_01AAAAAAAAAAAAAAAAAAAAAA"), status=404)
    call = lambda: skills.versions.retrieve("1759178010641129", skill_id=context.skill.id)  # noqa: E731
    refused(anthropic.NotFoundError, call, status=404)
    stranger = client(context, key=context.stranger_key).beta.skills
    refused(anthropic.NotFoundError, lambda: stranger.retrieve(context.skill.id), status=404)
    refused(anthropic.NotFoundError, lambda: stranger.delete(context.skill.id), status=404)
    true(context.skill.id not in [it.id for it in stranger.list()], "a stranger sees the skill")


def remove(context):
    """Registered at the end of the suite: the code below still needs the skill."""
    skills = context.client.beta.skills
    if LEGACY:
        refused(anthropic.BadRequestError, lambda: skills.delete(context.skill.id), status=400)
    done = skills.versions.delete(version_of(context.skill), skill_id=context.skill.id)
    equal(done.type, "skill_version_deleted", "type")
    found = [address(it) for it in skills.versions.list(context.skill.id)]
    equal(found, [address(context.second)], "versions left")
    for skill in (context.skill, context.other, context.zipped, context.untitled):
        if LEGACY:
            for version in skills.versions.list(skill.id):
                skills.versions.delete(version.version, skill_id=skill.id)
        done = skills.delete(skill.id)
        equal((done.id, done.type), (skill.id, "skill_deleted"), "answer")
    equal(list(skills.list(source="custom")), [], "skills left")
    refused(anthropic.NotFoundError, lambda: skills.retrieve(context.skill.id), status=404)
