from lm_deluge.prompt import ToolResult
from lm_deluge.util.anthropic_files import download_anthropic_file, get_anthropic_file_metadata

# Find files in the response
for part in response.content.parts:
    if isinstance(part, ToolResult) and part.files:
        for file_info in part.files:
            file_id = file_info["file_id"]

            # Get metadata (includes real filename)
            metadata = await get_anthropic_file_metadata(file_id)
            print(f"File: {metadata['filename']}, Size: {metadata['size']}")

            # Download the file content
            content = await download_anthropic_file(file_id)
            with open(metadata["filename"], "wb") as f:
                f.write(content)
