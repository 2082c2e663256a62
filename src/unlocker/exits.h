/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UNLOCKER_EXITS_H
#define UNLOCKER_EXITS_H

/* How the unlocker ends.  Whoever returns one of these has said why, in one
 * line, unless it is ok. */

enum [[nodiscard]] ends {
#define EXIT(name, status, text) ENDS_##name = (status),
#include "unlocker/exits.def"
#undef EXIT
};

#endif
