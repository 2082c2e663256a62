/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_FILE_H
#define STORE_FILE_H

/*
 * Files of a state directory: fixed names under a directory that is held
 * open, whole reads and writes at a given place, and one word for what the
 * kernel answers.  A file is regular, ours, not a link, and nobody else may
 * write it.
 *
 * LIMIT is a full disk, quota or file size; HARDWARE is everything else that
 * the kernel refuses, the end of the file inside a read included.  Both were
 * logged when they come back.
 *
 * Knows base.  Does not know what is in a file.
 */

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/* Open for reading and writing, flags being 0, O_CREAT or O_CREAT | O_EXCL.
 * NOT_FOUND (not logged) when there is none, STATE when O_EXCL finds one. */
enum err file_open(int dir, const char *name, int flags, int *fd);

/* Open for reading alone; NOT_FOUND as above. */
enum err file_look(int dir, const char *name, int *fd);

/* The same for a file that anybody may own, because it will be verified. */
enum err file_view(int dir, const char *name, int *fd);

enum err file_size(int fd, uint64_t *size);

/* Exactly len bytes, or none of them are to be looked at. */
enum err file_read(int fd, uint64_t at, uint8_t *buf, size_t len);

/* After an error part of it may have been written. */
enum err file_write(int fd, uint64_t at, struct span bytes);

enum err file_cut(int fd, uint64_t size);

/* The data and the size; the names in a directory with file_sync_dir(). */
enum err file_sync(int fd);
enum err file_sync_dir(int dir);

enum err file_rename(int dir, const char *from, const char *to);

/* An empty new file, in the place of what a crash may have left there. */
enum err file_anew(int dir, const char *name, int *fd);

/* Make these bytes the file, durably, by way of NAME.new: there is the old
 * one or the new one, whole. */
enum err file_replace(int dir, const char *name, const struct span *parts,
    size_t n);

/* Remove it if it is there. */
enum err file_remove(int dir, const char *name);

/* Take the lock that lets one process alone have the directory, until *fd is
 * closed.  BUSY when another holds it. */
enum err file_lock(int dir, const char *name, int *fd);

#endif
