import asyncio
from lm_deluge import LLMClient, Skill, Conversation

async def main():
    skill = Skill(type="anthropic", skill_id="xlsx", version="latest")
    client = LLMClient("claude-4-sonnet", max_new_tokens=20_000, request_timeout=300)

    # The agent loop preserves container state across rounds
    conv, final_response = await client.run_agent_loop(
        Conversation().user(
            "Create an Excel file with a 'Revenue' column. "
            "Then add a 'Expenses' column. "
            "Finally, add a 'Profit' column that calculates the difference."
        ),
        skills=[skill],
        max_rounds=5,
    )

    print(f"Final container ID: {final_response.container_id}")

asyncio.run(main())
