"""The include table of ARCHITECTURE.md and the check that holds it."""

import re
from collections import namedtuple

from source import Finding

Room = namedtuple("Room", "name rooms libraries")

# Headers of the system that any room but the pure ones may use.
SYSTEM = re.compile(r"(sys|netinet|arpa|linux|net)/[\w/]+\.h|"
                    r"(unistd|fcntl|signal|poll|dlfcn|errno|spawn|time|link|limits|netdb|pthread|"
                    r"malloc|stdint|stddef|stdlib|stdio|string|stdbool|inttypes|execinfo|"
                    r"elf|pwd|grp|termios|locale|math|assert)\.h")
STANDARD = re.compile(r"[a-z_0-9]+")
HEAVY = ("boost/asio", "boost/beast", "nlohmann/", "yaml-cpp/", "google/protobuf/", "CLI/")
TEST_LIBRARIES = ("gtest/", "benchmark/")


def table(tree):
    """The rooms by name, longest name first, as ARCHITECTURE.md lists them."""
    rooms = {}
    for line in tree.read("ARCHITECTURE.md").splitlines():
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if len(cells) != 4 or not re.fullmatch(r"`[\w/]+`", cells[0]):
            continue
        name = cells[0].strip("`")
        allowed = None if cells[2] == "everything" else set(re.findall(r"`([^`]+)`", cells[2]))
        rooms[name] = Room(name, allowed, set(re.findall(r"`([^`]+)`", cells[3])))
    return dict(sorted(rooms.items(), key=lambda item: -len(item[0])))


def room_of(rooms, path):
    for name in rooms:
        if path.startswith(name + "/"):
            return name
    return None


def includes(tree):
    """Each source includes only what its room's row allows."""
    rooms = table(tree)
    if not rooms:
        return [Finding("ARCHITECTURE.md", 1, "the table of rooms is missing")]
    libraries = {l for r in rooms.values() for l in r.libraries}
    found = []
    for path in tree.sources("runtime", "sdk", "plugins"):
        room = room_of(rooms, path)
        if room is None:
            found.append(Finding(path, 1, "belongs to no room of ARCHITECTURE.md"))
            continue
        for include in tree.includes(path):
            text = _refused(rooms, rooms[room], libraries, path, include)
            if text:
                found.append(Finding(path, include.line, text))
    return found + _missing_rooms(tree, rooms) + _unused_libraries(tree, rooms)


def _refused(rooms, room, libraries, path, include):
    """Why this include is not allowed; empty when it is."""
    target = include.target
    if target.endswith(".pb.h"):
        return "" if "google/protobuf/" in room.libraries else f"{room.name} may not include {target}"
    if re.fullmatch(r"\w+_manifest\.h", target):  # made from the manifest.json beside the source
        return ""
    if include.quoted:
        other = room_of(rooms, target)
        if other is None:
            return f"{target} belongs to no room"
        if other == room.name or room.rooms is None or other in room.rooms:
            return ""
        return f"{room.name} may not include {other} ({target})"
    if STANDARD.fullmatch(target) or SYSTEM.fullmatch(target):
        return ""
    if any(target.startswith(l) for l in room.libraries):
        return ""
    # A library of Boost that another one needs beside it (system, filesystem) goes with it.
    if target.startswith("boost/") and any(l.startswith("boost/") for l in room.libraries) \
            and not any(target.startswith(l) for l in libraries):
        return ""
    return f"{room.name} may not include <{target}>"


def _missing_rooms(tree, rooms):
    """Rows for which there is nothing are dead too."""
    return [Finding("ARCHITECTURE.md", 1, f"{name}: there is no such room")
            for name in rooms if not tree.exists(name)]


def _unused_libraries(tree, rooms):
    """A library that a row names and no source of the room includes."""
    used = {}
    for path in tree.sources("runtime", "sdk", "plugins"):
        targets = {i.target for i in tree.includes(path)}
        if any(t.endswith(".pb.h") for t in targets):
            targets.add("google/protobuf/")
        used.setdefault(room_of(rooms, path), set()).update(targets)
    return [Finding("ARCHITECTURE.md", 1, f"{room.name} does not use {library}")
            for room in rooms.values() for library in sorted(room.libraries)
            if not any(t.startswith(library) for t in used.get(room.name, ()))]


def heavy_headers(tree):
    """A header that another room includes brings no Asio, Beast, JSON, YAML or protobuf along."""
    rooms = table(tree)
    sources = tree.sources("runtime", "sdk", "plugins")
    known, found = set(sources), []

    def brings(path, seen):
        for include in tree.includes(path):
            if not include.quoted and include.target.startswith(HEAVY):
                return include.target
            if include.quoted and include.target in known and include.target not in seen:
                seen.add(include.target)
                heavy = brings(include.target, seen)
                if heavy:
                    return heavy
        return ""

    for path in sources:
        for include in tree.includes(path):
            other = room_of(rooms, include.target) if include.quoted else None
            if other and other != room_of(rooms, path) and include.target in known:
                heavy = brings(include.target, {include.target})
                if heavy and not other.startswith("sdk"):
                    found.append(Finding(path, include.line,
                                         f"{include.target} brings <{heavy}> into another room"))
    return found
