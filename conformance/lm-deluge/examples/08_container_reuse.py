import asyncio
from lm_deluge import LLMClient, Skill, Conversation

async def main():
    skill = Skill(type="anthropic", skill_id="xlsx", version="latest")
    client = LLMClient("claude-4-sonnet", max_new_tokens=20_000, request_timeout=300)

    # First request - create initial file
    response1 = await client.start(
        Conversation().user("Create an Excel file with columns A, B, C"),
        skills=[skill],
    )

    container_id = response1.container_id
    print(f"Container ID: {container_id}")

    # Second request - modify the same file using the same container
    response2 = await client.start(
        Conversation().user("Add a new column D with formulas"),
        skills=[skill],
        container_id=container_id,  # Reuse the container
    )

    # The model can access files created in the first request
    print(response2.completion)

asyncio.run(main())
