/*
 * Runs a fuzz target over files, so that its corpus is an ordinary test wherever no fuzzer is at hand.
 *
 * fuzz_NAME FILE-OR-DIRECTORY...
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { INPUT_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned inputs;

/* The input lies in memory of its own size: a sanitizer sees a read beyond it. */
static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *room = malloc(INPUT_MAX);

	if (!f || !room) {
		perror(path);
		if (f)
			fclose(f);
		free(room);
		return -1;
	}
	size_t n = fread(room, 1, INPUT_MAX, f);
	fclose(f);
	uint8_t *exact = realloc(room, n + (n == 0));
	if (!exact) {
		free(room);
		return -1;
	}
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	inputs++;
	return 0;
}

static int replay(const char *path)
{
	struct stat st;
	char inner[4096];
	int status = 0;

	if (stat(path, &st) < 0) {
		perror(path);
		return -1;
	}
	if (!S_ISDIR(st.st_mode))
		return replay_file(path);
	DIR *dir = opendir(path);
	if (!dir) {
		perror(path);
		return -1;
	}
	for (struct dirent *e; (e = readdir(dir));) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", path, e->d_name);
		status |= replay(inner);
	}
	closedir(dir);
	return status;
}

int main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++)
		status |= replay(argv[i]);
	if (inputs == 0) {
		fprintf(stderr, "no inputs: expected files or directories as arguments\n");
		return 1;
	}
	printf("%u inputs\n", inputs);
	return status != 0;
}
