import asyncio
from lm_deluge import LLMClient, Skill, Conversation
from lm_deluge.prompt import ToolResult
from lm_deluge.util.anthropic_files import save_response_files

async def main():
    skill = Skill(type="anthropic", skill_id="xlsx", version="latest")
    client = LLMClient("claude-4-sonnet", max_new_tokens=20_000, request_timeout=300)

    response = await client.start(
        Conversation().user("Create a budget spreadsheet with sample data"),
        skills=[skill],
    )

    # Save all files from the response to a directory
    saved_paths = await save_response_files(response, output_dir="./output")

    for path in saved_paths:
        print(f"Saved: {path} ({path.stat().st_size} bytes)")

asyncio.run(main())
