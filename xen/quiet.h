/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef XEN_QUIET_H
#define XEN_QUIET_H

/* A logger for Xen's libraries that drops what they say: each failure is told
 * by who meets it, and a peer must not be able to fill a log.  Without it they
 * would make one of their own, which asks for files. */

#include <xentoollog.h>

extern struct xentoollog_logger quiet_logger;

#endif
