/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VOLUME_H
#define TESTS_VOLUME_H

/*
 * LUKS images in a folder of the test's own, made and judged by the
 * cryptsetup program; and the hand of somebody who has the disk: a header of
 * which a word is another, with right checksums.
 */

#include "base/secret.h"

#define VOLUME_PASSPHRASE "an old passphrase"

/* A new folder; the tests' teardown removes it with all that is in it. */
int volume_folder(void **state);
int volume_folder_drop(void **state);

/* True unless there is no cryptsetup program here. */
int volume_can(void);

/* The path of a file in the folder; good until 8 calls later. */
const char *volume_path(const char *name);

/* Format name with VOLUME_PASSPHRASE; type is luks1 or luks2. */
void volume_make(const char *name, const char *type);

/* The exit status of cryptsetup with these arguments, NULL after the last;
 * what it reads from standard input is input. */
int volume_cryptsetup(struct span input, const char *const *args);

/* True if cryptsetup finds that the passphrase opens a slot of name. */
int volume_opens(const char *name, struct span passphrase);

/* Replace from, which is there, by to in both copies of name's LUKS2 metadata,
 * as often as it stands there. */
void volume_retouch(const char *name, const char *from, const char *to);

#endif
