#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What answers for firewalld on a D-Bus of its own.

    firewalld.py ADDRESS LOG ZONES POLICIES     lists with commas; SIGUSR1: it says that it has reloaded

Each call is a line of the log.  A zone that is not among ZONES is refused, as firewalld does."""
import signal
import sys

import dbus
import dbus.lowlevel
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

NAME, PATH = "org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1"


def main():
    address, log, zones, policies = sys.argv[1:]
    lists = {"getZones": zones.split(","), "getPolicies": policies.split(",")}
    DBusGMainLoop(set_as_default=True)
    bus = dbus.bus.BusConnection(address)

    def note(line):
        with open(log, "a") as f:
            f.write(line + "\n")

    def on_message(_, message):
        if message.get_type() != 1 or not (message.get_interface() or "").startswith(NAME):
            return dbus.lowlevel.HANDLER_RESULT_NOT_YET_HANDLED
        method, args = message.get_member(), [str(a) for a in message.get_args_list()]
        note(" ".join([message.get_interface().removeprefix(NAME).lstrip("."), method, *args]).strip())
        reply = dbus.lowlevel.MethodReturnMessage(message)
        if method in lists:
            reply.append(dbus.Array(lists[method], signature="s"), signature="as")
        elif args and args[0] not in lists["getZones"]:
            reply = dbus.lowlevel.ErrorMessage(message, NAME + ".Exception", "INVALID_ZONE: " + args[0])
        else:
            reply.append(args[0] if args else "", signature="s")
        bus.send_message(reply)
        return dbus.lowlevel.HANDLER_RESULT_HANDLED

    def on_reload():
        note("-- reloaded")
        bus.send_message(dbus.lowlevel.SignalMessage(PATH, NAME, "Reloaded"))
        return True

    bus.add_message_filter(on_message)
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGUSR1, on_reload)
    bus.request_name(NAME)
    note("-- ready")
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
