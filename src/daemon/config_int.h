/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_CONFIG_INT_H
#define DAEMON_CONFIG_INT_H

/*
 * What config.c, config_file.c and config_value.c share; nobody else includes
 * this.  A function here that may refuse writes its reason into why and
 * returns MALFORMED.
 */

#include "daemon/config.h"

#define CONFIG_WHY 160

/* Element element of section number section. */
struct config_place {
	size_t	section;
	size_t	element;
};

/* Read value as row says and put it at at. */
enum err config_value(const struct config_row *row, const char *value,
    void *at, char why[static CONFIG_WHY]);

/* How a row's bounds are told: "1 to 100". */
void config_bounds(const struct config_row *row, char *out, size_t cap);

bool config_is_id(const char *text);

/* Begin "[header]". */
enum err config_enter(struct config *c, const char *header,
    struct config_place *out, char why[static CONFIG_WHY]);

/* Set one row; once, unless over what was there. */
enum err config_assign(struct config *c, struct config_place at,
    const char *name, const char *value, bool over,
    char why[static CONFIG_WHY]);

#endif
