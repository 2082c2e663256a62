/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_TOOLS_H
#define TESTS_TOOLS_H

/* Programs of others, tpm2-tools above all, and their files, all in the
 * working directory.  A test that needs one that is not there is skipped. */

#include <stddef.h>

/* Run a command line of words between blanks; its exit status.  What it says
 * is in the file "said". */
int tools_run(const char *line);

/* It has to do well, in the slots that those before left taken. */
void tools_do(const char *line);

void tools_put(const char *name, const void *at, size_t len);
size_t tools_get(const char *name, void *at, size_t cap);

/* The file is these bytes; the last one that ran said these words. */
void tools_same(const char *name, const void *want, size_t len);
void tools_said(const char *words);

#endif
