"""All checks of the official Python client, of whichever generation is installed.

The order matters: what one part leaves behind, such as the skill, the next ones use.
"""

# ruff: noqa: F401, I001
import part_skills
import part_files
import part_messages
import part_code
import part_tools
import part_batches
import part_errors
from harness import main
from sdk import check, harness

check("Skills", "versions and skills are removed")(part_skills.remove)
check("Files", "files are removed")(part_files.remove)

if __name__ == "__main__":
    main(harness)
