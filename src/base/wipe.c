/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * free() and realloc() of a program that holds secrets: what is given back to
 * the heap is zero.  So what a library copied of a secret is gone with the
 * block that it was in, whoever allocated it.
 *
 * glibc lets a program define these, and every library then calls them.
 * Linked into cryptod, the unlocker and anchorhold-mint; sanitizers have an
 * allocator of their own.
 */

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* glibc's own, for those who put theirs before it. */
void __libc_free(void *p);

void
free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	__libc_free(p);
}

/* A block is shrunk where it is unless that would waste half of it. */
void *
realloc(void *old, size_t len)
{
	const size_t had = old != NULL ? malloc_usable_size(old) : 0;
	void *p;

	if (old != NULL && len == 0) {
		free(old);
		return NULL;
	}
	if (len <= had && len >= had / 2) {
		explicit_bzero((char *)old + len, had - len);
		return old;
	}
	p = malloc(len);
	if (p == NULL)
		return NULL;
	if (old != NULL)
		memcpy(p, old, had < len ? had : len);
	free(old);
	return p;
}
