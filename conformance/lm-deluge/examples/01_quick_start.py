import asyncio
from lm_deluge import LLMClient, Skill, Conversation

async def main():
    # Use Anthropic's built-in xlsx skill
    skill = Skill(type="anthropic", skill_id="xlsx", version="latest")

    client = LLMClient("claude-4-sonnet", max_new_tokens=20_000, request_timeout=300)

    response = await client.start(
        Conversation().user("Create an Excel spreadsheet with a sales report"),
        skills=[skill],
    )

    print(response.completion)
    print(f"Container ID: {response.container_id}")

asyncio.run(main())
