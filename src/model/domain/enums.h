/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* enums.h: the enumerations of domain documents, each said once with the names
 * that the documents use. Every type has X_ABSENT = 0 and a table `x_names`
 * for xml_enum_name() and xml_enum_value(). */
#pragma once

#include "xml/types.h"

#define VIRT_TYPE_LIST(X) X (VIRT_TYPE_QEMU, "qemu") X (VIRT_TYPE_KQEMU, "kqemu") X (VIRT_TYPE_KVM, "kvm") \
  X (VIRT_TYPE_XEN, "xen") X (VIRT_TYPE_LXC, "lxc") X (VIRT_TYPE_UML, "uml") X (VIRT_TYPE_OPENVZ, "openvz") \
  X (VIRT_TYPE_TEST, "test") X (VIRT_TYPE_VMWARE, "vmware") X (VIRT_TYPE_HYPERV, "hyperv") \
  X (VIRT_TYPE_VBOX, "vbox") X (VIRT_TYPE_PHYP, "phyp") X (VIRT_TYPE_PARALLELS, "parallels") \
  X (VIRT_TYPE_BHYVE, "bhyve") X (VIRT_TYPE_VZ, "vz") X (VIRT_TYPE_HVF, "hvf")
XML_ENUM_DECLARE (DomainVirtType, VIRT_TYPE_, virt_type, VIRT_TYPE_LIST)

#define LIFECYCLE_ACTION_LIST(X) X (LIFECYCLE_ACTION_DESTROY, "destroy") X (LIFECYCLE_ACTION_RESTART, "restart") \
  X (LIFECYCLE_ACTION_RENAME_RESTART, "rename-restart") X (LIFECYCLE_ACTION_PRESERVE, "preserve") \
  X (LIFECYCLE_ACTION_COREDUMP_DESTROY, "coredump-destroy") X (LIFECYCLE_ACTION_COREDUMP_RESTART, "coredump-restart")
XML_ENUM_DECLARE (DomainLifecycleAction, LIFECYCLE_ACTION_, lifecycle_action, LIFECYCLE_ACTION_LIST)

#define LOCK_FAILURE_LIST(X) X (LOCK_FAILURE_POWEROFF, "poweroff") X (LOCK_FAILURE_RESTART, "restart") \
  X (LOCK_FAILURE_PAUSE, "pause") X (LOCK_FAILURE_IGNORE, "ignore")
XML_ENUM_DECLARE (DomainLockFailure, LOCK_FAILURE_, lock_failure, LOCK_FAILURE_LIST)
