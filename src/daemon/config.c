/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "daemon/config_int.h"

#define REFUSE(why, ...) \
	(snprintf((why), CONFIG_WHY, __VA_ARGS__), ERR_MALFORMED)

static size_t *
count_of(const struct config *c, size_t section)
{
	return (size_t *)(void *)((uint8_t *)c->into +
	    c->sections[section].count);
}

static uint8_t *
struct_at(const struct config *c, struct config_place p)
{
	const struct config_section *s = &c->sections[p.section];

	return (uint8_t *)c->into + s->at + p.element * s->size;
}

static const char *
label_of(const struct config *c, struct config_place p)
{
	return (const char *)struct_at(c, p) + c->sections[p.section].label;
}

static enum err
put_presets(const struct config *c, struct config_place p)
{
	const struct config_section *s = &c->sections[p.section];
	char why[CONFIG_WHY];

	for (size_t i = 0; i < s->nrows; i++) {
		const struct config_row *row = &s->rows[i];

		if (row->preset != NULL && config_value(row, row->preset,
		    struct_at(c, p) + row->at, why) != ERR_OK)
			return log_err(ERR_INTERNAL, "preset of %s.%s: %s",
			    s->name, row->name, why);
	}
	return ERR_OK;
}

/* A table that says a value is where it has no room is a fault of ours. */
static bool
fits(const struct config_row *row)
{
	switch (row->kind) {
	case CONFIG_UINT:
	case CONFIG_DURATION:
		return row->size == sizeof(uint64_t);
	case CONFIG_BOOL:
		return row->size == sizeof(bool);
	case CONFIG_ENUM:
		return row->size == sizeof(unsigned);
	case CONFIG_TEXT:
	case CONFIG_PATH:
	case CONFIG_ID:
		break;
	}
	return row->max < row->size;
}

static enum err
check_tables(const struct config *c)
{
	for (size_t i = 0; i < c->nsections; i++) {
		const struct config_section *s = &c->sections[i];

		if (c->nsections > CONFIG_SECTIONS || s->nrows > CONFIG_ROWS ||
		    s->max > CONFIG_ELEMENTS)
			return log_err(ERR_INTERNAL, "[%s] is too large",
			    s->name);
		for (size_t j = 0; j < s->nrows; j++)
			if (!fits(&s->rows[j]))
				return log_err(ERR_INTERNAL, "%s.%s does not "
				    "fit its place", s->name,
				    s->rows[j].name);
	}
	return ERR_OK;
}

enum err
config_start(struct config *c, const struct config_section *sections,
    size_t nsections, void *into)
{
	*c = (struct config){
		.sections = sections,
		.nsections = nsections,
		.into = into,
	};
	TRY(check_tables(c));
	for (size_t i = 0; i < nsections; i++)
		if (sections[i].max == 0)
			TRY(put_presets(c, (struct config_place){ i, 0 }));
		else
			*count_of(c, i) = 0;
	return ERR_OK;
}

static enum err
enter_element(struct config *c, size_t section, const char *label,
    struct config_place *out, char why[static CONFIG_WHY])
{
	const struct config_section *s = &c->sections[section];
	size_t *count = count_of(c, section);

	if (!config_is_id(label))
		return REFUSE(why, "[%s NAME] wants an identifier as name",
		    s->name);
	for (size_t i = 0; i < *count; i++)
		if (strcmp(label_of(c, (struct config_place){ section, i }),
		    label) == 0)
			return REFUSE(why, "[%s %s] is there twice", s->name,
			    label);
	if (*count == s->max)
		return REFUSE(why, "more than %zu sections [%s]", s->max,
		    s->name);
	*out = (struct config_place){ section, *count };
	TRY(put_presets(c, *out));
	memcpy(struct_at(c, *out) + s->label, label, strlen(label) + 1);
	++*count;
	return ERR_OK;
}

enum err
config_enter(struct config *c, const char *header, struct config_place *out,
    char why[static CONFIG_WHY])
{
	const size_t len = strcspn(header, " ");

	for (size_t i = 0; i < c->nsections; i++) {
		const struct config_section *s = &c->sections[i];

		if (strlen(s->name) != len ||
		    memcmp(s->name, header, len) != 0)
			continue;
		if (s->max > 0)
			return enter_element(c, i, header + len +
			    (header[len] == ' '), out, why);
		if (header[len] != '\0')
			return REFUSE(why, "[%s] has no name", s->name);
		if (c->open[i])
			return REFUSE(why, "[%s] is there twice", s->name);
		c->open[i] = true;
		*out = (struct config_place){ i, 0 };
		return ERR_OK;
	}
	return REFUSE(why, "no section [%s] is known", header);
}

enum err
config_assign(struct config *c, struct config_place at, const char *name,
    const char *value, bool over, char why[static CONFIG_WHY])
{
	const struct config_section *s = &c->sections[at.section];
	uint64_t *given = &c->given[at.section][at.element];

	for (size_t i = 0; i < s->nrows; i++) {
		const struct config_row *row = &s->rows[i];

		if (strcmp(row->name, name) != 0)
			continue;
		if (!over && (*given >> i & 1) != 0)
			return REFUSE(why, "%s is there twice", name);
		*given |= UINT64_C(1) << i;
		return config_value(row, value, struct_at(c, at) + row->at,
		    why);
	}
	return REFUSE(why, "[%s] knows no %s", s->name, name);
}

enum err
config_set(struct config *c, const char *from, const char *text)
{
	const char *dot = strchr(text, '.'), *equals = strchr(text, '=');
	char name[CONFIG_LINE_MAX + 1], why[CONFIG_WHY] = "";
	size_t len;

	if (dot == NULL || equals == NULL || dot > equals ||
	    strlen(text) > CONFIG_LINE_MAX)
		return log_err(ERR_MALFORMED, "%s: not section.name=value",
		    from);
	len = (size_t)(equals - dot) - 1;
	memcpy(name, dot + 1, len);
	name[len] = '\0';
	for (size_t i = 0; i < c->nsections; i++) {
		const struct config_section *s = &c->sections[i];

		if (s->max > 0 || strlen(s->name) != (size_t)(dot - text) ||
		    memcmp(s->name, text, strlen(s->name)) != 0)
			continue;
		if (config_assign(c, (struct config_place){ i, 0 }, name,
		    equals + 1, true, why) != ERR_OK)
			return log_err(ERR_MALFORMED, "%s: %s", from, why);
		return ERR_OK;
	}
	return log_err(ERR_MALFORMED, "%s: no section of %s is known", from,
	    text);
}

enum err
config_word(struct config *c, const char *line, const char *word,
    const char *section_name)
{
	const size_t len = strlen(word);
	char text[CONFIG_LINE_MAX + 1] = "";

	while (*line != '\0') {
		const size_t n = strcspn(line, " \t\n");

		if (n > len && memcmp(line, word, len) == 0 &&
		    line[len] == '=' && snprintf(text, sizeof(text),
		    "%s%.*s", section_name, (int)(n - len), line + len) >=
		    (int)sizeof(text))
			return log_err(ERR_MALFORMED, "kernel command line: "
			    "%s is too long", word);
		line += n + (line[n] != '\0');
	}
	return text[0] == '\0' ? ERR_OK :
	    config_set(c, "kernel command line", text);
}

static bool
was_given(const struct config *c, struct config_place p,
    const struct config_row *row)
{
	size_t i = (size_t)(row - c->sections[p.section].rows);

	return (c->given[p.section][p.element] >> i & 1) != 0;
}

enum err
config_check(const struct config *c, const char *path)
{
	for (size_t i = 0; i < c->nsections; i++) {
		const struct config_section *s = &c->sections[i];
		size_t n = s->max > 0 ? *count_of(c, i) : 1;

		for (size_t j = 0; j < n * s->nrows; j++) {
			const struct config_row *row = &s->rows[j % s->nrows];
			struct config_place p = { i, j / s->nrows };

			if (row->preset != NULL || was_given(c, p, row))
				continue;
			return log_err(ERR_MALFORMED, "%s: [%s%s%s]: %s is "
			    "missing", path, s->name, s->max > 0 ? " " : "",
			    s->max > 0 ? label_of(c, p) : "", row->name);
		}
	}
	return ERR_OK;
}
