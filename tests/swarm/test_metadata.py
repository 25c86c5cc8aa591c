# SPDX-License-Identifier: LGPL-2.1-or-later
"""Titles, descriptions and elements of users: in which document they are, and who hears of a change."""
import libvirt

from cases import case
from world import Events, check, equal, eventually, tiny

TITLE, DESC, ELEMENT = libvirt.VIR_DOMAIN_METADATA_TITLE, libvirt.VIR_DOMAIN_METADATA_DESCRIPTION, libvirt.VIR_DOMAIN_METADATA_ELEMENT
LIVE, CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
URI = "http://example.org/app"


def get(dom, kind, flags, uri=None):
    try:
        return dom.metadata(kind, uri, flags)
    except libvirt.libvirtError as e:
        equal(e.get_error_code(), libvirt.VIR_ERR_NO_DOMAIN_METADATA, "the error (%s)" % e)


@case("metadata: live, in the definition, both")
def where(side):
    with side.guest("sw-meta", state="paused") as dom:
        for kind, uri, key, texts in ((TITLE, None, None, ("a", "b", "c")), (DESC, None, None, ("one\ntwo", "x", "y")),
                                      (ELEMENT, URI, "app", ("<a n='1'/>", "<a n='2'/>", "<b/>"))):
            equal((get(dom, kind, LIVE, uri), get(dom, kind, CONFIG, uri)), (None, None), "at first")
            dom.setMetadata(kind, texts[0], key, uri, LIVE)
            check(get(dom, kind, LIVE, uri) and get(dom, kind, CONFIG, uri) is None, "live only")
            dom.setMetadata(kind, texts[1], key, uri, CONFIG)
            check(get(dom, kind, LIVE, uri) != get(dom, kind, CONFIG, uri), "each its own")
            dom.setMetadata(kind, texts[2], key, uri, LIVE | CONFIG)
            equal(get(dom, kind, LIVE, uri), get(dom, kind, CONFIG, uri), "both")
            dom.setMetadata(kind, None, key, uri, LIVE | CONFIG)
            equal((get(dom, kind, LIVE, uri), get(dom, kind, CONFIG, uri)), (None, None), "in the end")


@case("metadata: a change is told")
def told(side):
    seen = []
    Events.start()
    with side.connection() as conn, side.guest("sw-meta", state="paused") as dom:
        number = conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,
                                             lambda c, d, kind, uri, data: seen.append((d.name(), kind, uri)), None)
        dom.setMetadata(TITLE, "t", None, None, LIVE | CONFIG)
        dom.setMetadata(DESC, "d", None, None, CONFIG)
        dom.setMetadata(ELEMENT, "<a/>", "app", URI, LIVE)
        dom.setMetadata(ELEMENT, None, "app", URI, LIVE)
        try:
            dom.setMetadata(ELEMENT, "<a", "app", URI, LIVE)
        except libvirt.libvirtError:
            pass
        wanted = [("sw-meta", TITLE, None), ("sw-meta", DESC, None), ("sw-meta", ELEMENT, URI), ("sw-meta", ELEMENT, URI)]
        eventually(lambda: len(seen) >= len(wanted), "the events, not only %r" % seen)
        equal(seen, wanted, "the events")
        conn.domainEventDeregisterAny(number)


@case("metadata: what is live is lost with the run")
def lost(side):
    with side.guest("sw-meta", tiny("sw-meta", before="<title>kept</title>"), "paused") as dom:
        dom.setMetadata(TITLE, "gone", None, None, LIVE)
        dom.destroy()
        equal(get(dom, TITLE, 0), "kept", "the title")
