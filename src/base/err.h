/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * How a function of this tree fails.  The type must be looked at: a result
 * that is dropped does not compile.  (void)!call(...) drops one on purpose,
 * and a comment beside it says why.
 *
 * Internal only: what a peer is told is a reason (wire/reasons.h).
 */
enum [[nodiscard]] err {
#define ERR(name, text) ERR_##name,
#include "base/err.def"
#undef ERR
};

/* "DENIED". */
const char *err_name(enum err e);

/* The sentence of err.def. */
const char *err_text(enum err e);

/* Leave the function unless step succeeds; what is held is released by
 * OWNED (base/own.h).  Nothing else in the tree hides a return. */
#define TRY(step)                               \
	do {                                    \
		enum err try_ = (step);         \
		if (try_ != ERR_OK)             \
			return try_;            \
	} while (0)

#endif
