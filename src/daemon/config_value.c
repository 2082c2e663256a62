/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/config_int.h"

#include <inttypes.h>
#include <string.h>

#define REFUSE(why, ...) \
	(snprintf((why), CONFIG_WHY, __VA_ARGS__), ERR_MALFORMED)

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool
config_is_id(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > CONFIG_LABEL_MAX || !is_alnum(text[0]))
		return false;
	for (; *text != '\0'; text++)
		if (!is_alnum(*text) && strchr("._-", *text) == NULL)
			return false;
	return true;
}

/* Digits, and what follows them; false on overflow or without a digit. */
static bool
digits(const char *text, uint64_t *n, const char **rest)
{
	*n = 0;
	*rest = text;
	for (; is_digit(**rest); ++*rest) {
		uint64_t digit = (uint64_t)(**rest - '0');

		if (*n > (UINT64_MAX - digit) / 10)
			return false;
		*n = *n * 10 + digit;
	}
	return *rest != text;
}

static const struct unit {
	const char	*name;
	uint64_t	 ms;
} units[] = {
	{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
	{ "d", 86400000 },
};

static bool
duration(const char *text, uint64_t *ms)
{
	const char *unit;

	if (!digits(text, ms, &unit))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].name) == 0)
			return !__builtin_mul_overflow(*ms, units[i].ms, ms);
	return false;
}

/* The number of word in "one two three"; false if it is none of them. */
static bool
choice(const char *words, const char *word, unsigned *out)
{
	const size_t len = strlen(word);

	for (*out = 0; *words != '\0'; ++*out) {
		size_t n = strcspn(words, " ");

		if (n == len && memcmp(words, word, n) == 0)
			return len > 0;
		words += n + (words[n] == ' ');
	}
	return false;
}

static enum err
put_number(const struct config_row *row, const char *value, void *at,
    char why[static CONFIG_WHY])
{
	bool timed = row->kind == CONFIG_DURATION;
	char bounds[64];
	const char *rest = "";
	uint64_t n;

	if (timed ? !duration(value, &n) :
	    !digits(value, &n, &rest) || *rest != '\0')
		return REFUSE(why, "%s is %s", row->name, timed ?
		    "not a time as 250ms, 30s, 5m, 1h or 1d" : "not a number");
	if (n < row->min || n > row->max) {
		config_bounds(row, bounds, sizeof(bounds));
		return REFUSE(why, "%s is not within %s", row->name, bounds);
	}
	memcpy(at, &n, sizeof(n));
	return ERR_OK;
}

static enum err
put_choice(const struct config_row *row, const char *value, void *at,
    char why[static CONFIG_WHY])
{
	const char *words = row->kind == CONFIG_BOOL ? "no yes" : row->words;
	unsigned n;
	bool yes;

	if (!choice(words, value, &n))
		return REFUSE(why, "%s is none of: %s", row->name, words);
	yes = n == 1;
	if (row->kind == CONFIG_BOOL)
		memcpy(at, &yes, sizeof(yes));
	else
		memcpy(at, &n, sizeof(n));
	return ERR_OK;
}

static enum err
put_text(const struct config_row *row, const char *value, void *at,
    char why[static CONFIG_WHY])
{
	const size_t len = strlen(value);
	char bounds[64];

	if (len < row->min || len > row->max || len >= row->size) {
		config_bounds(row, bounds, sizeof(bounds));
		return REFUSE(why, "%s does not have %s characters",
		    row->name, bounds);
	}
	if (row->kind == CONFIG_PATH && len > 0 && value[0] != '/')
		return REFUSE(why, "%s is not an absolute path", row->name);
	if (row->kind == CONFIG_ID && !config_is_id(value))
		return REFUSE(why, "%s is not an identifier", row->name);
	memcpy(at, value, len + 1);
	return ERR_OK;
}

enum err
config_value(const struct config_row *row, const char *value, void *at,
    char why[static CONFIG_WHY])
{
	switch (row->kind) {
	case CONFIG_UINT:
	case CONFIG_DURATION:
		return put_number(row, value, at, why);
	case CONFIG_BOOL:
	case CONFIG_ENUM:
		return put_choice(row, value, at, why);
	case CONFIG_TEXT:
	case CONFIG_PATH:
	case CONFIG_ID:
		break;
	}
	return put_text(row, value, at, why);
}

/* In the largest unit that says it exactly. */
static void
tell_duration(uint64_t ms, char *out, size_t cap)
{
	size_t i = sizeof(units) / sizeof(units[0]) - 1;

	while (ms % units[i].ms != 0)
		i--;
	snprintf(out, cap, "%" PRIu64 "%s", ms / units[i].ms,
	    ms == 0 ? "s" : units[i].name);
}

void
config_bounds(const struct config_row *row, char *out, size_t cap)
{
	char low[24], high[24];

	if (row->kind == CONFIG_DURATION) {
		tell_duration(row->min, low, sizeof(low));
		tell_duration(row->max, high, sizeof(high));
		snprintf(out, cap, "%s to %s", low, high);
	} else if (row->kind == CONFIG_BOOL) {
		snprintf(out, cap, "no yes");
	} else if (row->kind == CONFIG_ENUM) {
		snprintf(out, cap, "%s", row->words);
	} else {
		snprintf(out, cap, "%" PRIu64 " to %" PRIu64, row->min,
		    row->max);
	}
}
