/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

static const char *const seeds[] = {
	"[main]\ntext = a\n",
	"# all\n[main]\nnumber = 300\nwait = 250ms\nquick = yes\n"
	    "word = required\ntext = swtpm:path=/a\nid = A-1._b\n",
	"[main]\ntext = a\n\n[peer a]\nsocket = /run/a\nuid = 1\n"
	    "[peer b]\nsocket = /b\n; c\n[peer c]\nsocket = /c\n",
	"[main]\ntext = a ; b\nword: off\n tcti = c\n",
};

/* seed_config DIR: files for fuzz_config, all but the last accepted. */
int
main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(seeds) / sizeof(seeds[0]);
	    i++) {
		char path[4096];
		FILE *f;

		snprintf(path, sizeof(path), "%s/%zu", argv[1], i);
		f = fopen(path, "wb");
		if (f == NULL || fputs(seeds[i], f) == EOF || fclose(f) != 0)
			return EXIT_FAILURE;
	}
	if (argc != 2)
		fprintf(stderr, "usage: seed_config DIR\n");
	return argc == 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}
