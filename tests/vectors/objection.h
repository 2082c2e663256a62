/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_OBJECTION_H
#define TESTS_VECTORS_OBJECTION_H

/*
 * What our CBOR reader has against some bytes, found out by a second reader
 * that knows all of RFC 8949 and shares no code with the first: a refusal is
 * on purpose only when this one can say the reason too.
 */

#include "base/span.h"

#define NOT_CBOR "not well-formed"

/* The first reason, NULL when there is none, NOT_CBOR for what is no item or
 * more than one. */
const char *objection(struct span bytes);

#endif
