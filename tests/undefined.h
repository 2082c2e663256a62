/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNDEFINED_H
#define TESTS_UNDEFINED_H

/*
 * Secrets for valgrind: bytes that count as undefined, so that memcheck
 * reports each branch and each address that depends on them.  Without
 * valgrind, or without its header, these do nothing.
 */

#include <stddef.h>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_UNDEFINED(at, len) ((void)(at), (void)(len))
#define VALGRIND_MAKE_MEM_DEFINED(at, len) ((void)(at), (void)(len))
#endif

/* From here on it is secret. */
static inline void
hide(const void *at, size_t len)
{
	VALGRIND_MAKE_MEM_UNDEFINED(at, len);
}

/* It may be known: it is a result, or public. */
static inline void
show(const void *at, size_t len)
{
	VALGRIND_MAKE_MEM_DEFINED(at, len);
}

#endif
