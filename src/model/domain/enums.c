/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain/enums.h"

XML_ENUM_DEFINE (virt_type, VIRT_TYPE_LIST)
XML_ENUM_DEFINE (lifecycle_action, LIFECYCLE_ACTION_LIST)
XML_ENUM_DEFINE (lock_failure, LOCK_FAILURE_LIST)
