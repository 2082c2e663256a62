/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_WORDS_H
#define CTL_WORDS_H

/* The words of the messages' sets: word_use(WIRE_use_token) is "token"; what
 * is none of them is "". */

#include "wire/wire.h"

#define SET(name, doc) const char *word_##name(enum wire_##name w);
#include "wire/messages.def"

#endif
