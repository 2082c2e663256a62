/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "provisioning/otpauth.h"

#define QUIET 2
#define LONGEST 65536
#define MODULES 200

/* A terminal drawn back into modules; what is not drawn is light. */
struct drawn {
	int	width, height;
	char	dark[MODULES][MODULES];
};

static void
draw(const char *text, char *out)
{
	struct secret *s OWNED(secret_drop) = NULL;
	int fd = memfd_create("tty", MFD_CLOEXEC);
	ssize_t n;

	assert_err(secret_copy(span_text(text), &s), ERR_OK);
	assert_err(qr_print(fd, s), ERR_OK);
	n = pread(fd, out, LONGEST - 1, 0);
	assert_true(n > 0);
	out[n] = '\0';
	close(fd);
}

/* A half block at *text, and how many bytes it has. */
static size_t
half_block(const char *text, int *upper, int *lower)
{
	static const struct {
		const char	*text;
		int		 upper, lower;
	} blocks[] = {
		{ " ", 0, 0 }, { "\u2584", 0, 1 },
		{ "\u2580", 1, 0 }, { "\u2588", 1, 1 },
	};

	for (size_t i = 0; i < ROWS(blocks); i++)
		if (strncmp(text, blocks[i].text,
		    strlen(blocks[i].text)) == 0) {
			*upper = blocks[i].upper;
			*lower = blocks[i].lower;
			return strlen(blocks[i].text);
		}
	fail_msg("neither a blank nor a block: %.8s", text);
	return 0;
}

static void
read_drawn(const char *text, struct drawn *d)
{
	static const char begin[] = "\033[30;107m", end[] = "\033[0m\n";

	*d = (struct drawn){ 0 };
	while (*text != '\0') {
		int x = 0, upper = 0, lower = 0;

		assert_memory_equal(text, begin, strlen(begin));
		for (text += strlen(begin); *text != '\033'; x++) {
			text += half_block(text, &upper, &lower);
			d->dark[d->height][x] = (char)upper;
			d->dark[d->height + 1][x] = (char)lower;
		}
		assert_memory_equal(text, end, strlen(end));
		text += strlen(end);
		assert_true(d->width == 0 || d->width == x);
		d->width = x;
		d->height += 2;
	}
}

/* The eye of three corners: 7 by 7, dark but for a ring. */
static void
assert_eye(const struct drawn *d, int x, int y)
{
	for (int i = 0; i < 7; i++)
		for (int k = 0; k < 7; k++) {
			int ring = i == 0 || i == 6 || k == 0 || k == 6;
			int core = i > 1 && i < 5 && k > 1 && k < 5;

			assert_int_equal(d->dark[y + i][x + k], ring || core);
		}
}

static void
test_a_code_is_drawn(void **state)
{
	char *text = malloc(LONGEST);
	struct drawn *d = malloc(sizeof(*d));
	int side;

	(void)state;
	draw("otpauth://totp/cryptod.home:alice"
	    "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=cryptod.home"
	    "&algorithm=SHA1&digits=6&period=30", text);
	read_drawn(text, d);
	side = d->width - 2 * QUIET;
	assert_int_equal((side - 17) % 4, 0);
	assert_true(d->height >= d->width);
	assert_eye(d, QUIET, QUIET);
	assert_eye(d, QUIET + side - 7, QUIET);
	assert_eye(d, QUIET, QUIET + side - 7);
	for (int i = 0; i < d->width; i++) {
		assert_int_equal(d->dark[0][i] | d->dark[1][i], 0);
		assert_int_equal(d->dark[i][0] | d->dark[i][1], 0);
		assert_int_equal(d->dark[i][d->width - 1], 0);
		assert_int_equal(d->dark[QUIET + side][i], 0);
	}
	/* The timing pattern between the eyes. */
	for (int i = 8; i < side - 8; i++) {
		assert_int_equal(d->dark[QUIET + 6][QUIET + i], i % 2 == 0);
		assert_int_equal(d->dark[QUIET + i][QUIET + 6], i % 2 == 0);
	}
	free(d);
	free(text);
}

static void
test_another_text_is_another_code(void **state)
{
	char *a = malloc(LONGEST), *b = malloc(LONGEST);

	(void)state;
	draw("12345678", a);
	draw("12345679", b);
	assert_string_not_equal(a, b);
	free(a);
	free(b);
}

static void
test_a_terminal_that_is_gone(void **state)
{
	struct secret *s OWNED(secret_drop) = NULL;

	(void)state;
	assert_err(secret_copy(span_text("text"), &s), ERR_OK);
	assert_err(qr_print(-1, s), ERR_HARDWARE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_code_is_drawn),
		cmocka_unit_test(test_another_text_is_another_code),
		cmocka_unit_test(test_a_terminal_that_is_gone),
	};

	return cmocka_run_group_tests_name("qr", tests, NULL, NULL);
}
