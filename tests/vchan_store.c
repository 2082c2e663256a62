/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "base/own.h"
#include "tests/vchan_mock.h"

/*
 * Xenstore for reading.  A node's file has its value in the first line and
 * its permissions, as xenstore-chmod takes them ("n0 r1"), in the second.
 */

static struct {
	char		dir[128];
	unsigned	domid;
	bool		known;
} machine;

void
vchan_mock_be(const char *dir, unsigned domid)
{
	snprintf(machine.dir, sizeof(machine.dir), "%s", dir);
	machine.domid = domid;
	machine.known = true;
}

static void
know(void)
{
	const char *dir = getenv("ANCHORHOLD_TEST_XEN");
	const char *domid = getenv("ANCHORHOLD_TEST_DOMAIN");

	if (!machine.known)
		vchan_mock_be(dir != NULL ? dir : "/nonexistent",
		    domid != NULL ? (unsigned)strtoul(domid, NULL, 10) : 0);
}

unsigned
vchan_mock_domid(void)
{
	know();
	return machine.domid;
}

void
vchan_mock_file(const char *path, char *out, size_t cap)
{
	size_t n;

	know();
	n = strlen(machine.dir) + 1;
	if (path[0] == '/')
		snprintf(out, cap, "%s/%s", machine.dir, path);
	else
		snprintf(out, cap, "%s//local/domain/%u/%s", machine.dir,
		    machine.domid, path);
	for (char *c = out + n; *c != '\0'; c++)
		if (*c == '/')
			*c = ':';
}

struct xs_handle *
xs_open(unsigned long flags)
{
	(void)flags;
	know();
	return (struct xs_handle *)&machine;
}

void
xs_close(struct xs_handle *xs)
{
	(void)xs;
}

static bool
read_line(const char *path, int line, char *out, int cap)
{
	char name[256];
	bool there = true;
	FILE *f;

	vchan_mock_file(path, name, sizeof(name));
	errno = vchan_lies.store;
	f = errno == 0 ? fopen(name, "re") : NULL;
	if (f == NULL)
		return false;
	while (there && line-- >= 0)
		there = fgets(out, cap, f) != NULL;
	fclose(f);
	if (!there)
		errno = ENOENT;
	out[there ? strcspn(out, "\n") : 0] = '\0';
	return there;
}

void *
xs_read(struct xs_handle *xs, xs_transaction_t t, const char *path,
    unsigned *len)
{
	char line[64];

	(void)xs;
	(void)t;
	if (strcmp(path, "domid") == 0) {
		snprintf(line, sizeof(line), "%u", machine.domid);
	} else if (!read_line(path, 0, line, sizeof(line))) {
		return NULL;
	}
	*len = (unsigned)strlen(line);
	return strdup(line);
}

static unsigned
bits_of(char letter)
{
	switch (letter) {
	case 'r':
		return XS_PERM_READ;
	case 'w':
		return XS_PERM_WRITE;
	case 'b':
		return XS_PERM_READ | XS_PERM_WRITE;
	default:
		return XS_PERM_NONE;
	}
}

struct xs_permissions *
xs_get_permissions(struct xs_handle *xs, xs_transaction_t t, const char *path,
    unsigned *n)
{
	struct xs_permissions *rows = calloc(8, sizeof(*rows));
	char line[64], *rest = line, *word;

	(void)xs;
	(void)t;
	*n = 0;
	if (rows == NULL || !read_line(path, 1, line, sizeof(line))) {
		free(rows);
		return NULL;
	}
	while (*n < 8 && (word = strsep(&rest, " ")) != NULL)
		rows[(*n)++] = (struct xs_permissions){
			.id = (unsigned)strtoul(word + 1, NULL, 10),
			.perms = bits_of(word[0]),
		};
	return rows;
}
