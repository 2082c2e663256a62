/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/when.h"

#include <string.h>

static const char shape[WHEN_LEN + 1] = "dddd-dd-ddTdd:dd:ddZ";

static unsigned
month_days(unsigned year, unsigned month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31,
	    30, 31, 30, 31 };
	int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (unsigned)(month == 2 && leap);
}

/* Days of the proleptic Gregorian calendar before 1 January of year. */
static uint64_t
days_before(unsigned year)
{
	unsigned y = year - 1;

	return (uint64_t)y * 365 + y / 4 - y / 100 + y / 400;
}

static void
put_number(char *out, unsigned n, int digits)
{
	while (digits-- > 0) {
		out[digits] = (char)('0' + n % 10);
		n /= 10;
	}
}

static unsigned
number(const char *text, int digits)
{
	unsigned n = 0;

	while (digits-- > 0)
		n = n * 10 + (unsigned)(*text++ - '0');
	return n;
}

void
when_format(uint64_t seconds, char out[static WHEN_LEN + 1])
{
	uint64_t t = seconds < WHEN_MAX ? seconds : WHEN_MAX;
	uint64_t days = t / 86400 + days_before(1970);
	unsigned year = (unsigned)(days / 366) + 1, month = 1, second;

	while (days_before(year + 1) <= days)
		year++;
	days -= days_before(year);
	for (; days >= month_days(year, month); month++)
		days -= month_days(year, month);
	second = (unsigned)(t % 86400);

	memcpy(out, shape, WHEN_LEN + 1);
	put_number(out, year, 4);
	put_number(out + 5, month, 2);
	put_number(out + 8, (unsigned)days + 1, 2);
	put_number(out + 11, second / 3600, 2);
	put_number(out + 14, second / 60 % 60, 2);
	put_number(out + 17, second % 60, 2);
}

enum err
when_parse(const char *text, size_t len, uint64_t *seconds)
{
	unsigned year, month, day, h, m, s;
	uint64_t days;

	if (len != WHEN_LEN)
		return ERR_MALFORMED;
	for (size_t i = 0; i < len; i++)
		if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' :
		    text[i] != shape[i])
			return ERR_MALFORMED;

	year = number(text, 4);
	month = number(text + 5, 2);
	day = number(text + 8, 2);
	h = number(text + 11, 2);
	m = number(text + 14, 2);
	s = number(text + 17, 2);
	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month) || h > 23 || m > 59 || s > 59)
		return ERR_MALFORMED;

	days = days_before(year) - days_before(1970) + day - 1;
	for (unsigned i = 1; i < month; i++)
		days += month_days(year, i);
	*seconds = days * 86400 + h * 3600 + m * 60 + s;
	return ERR_OK;
}
