skills = [
    Skill(type="anthropic", skill_id="xlsx", version="latest"),
    Skill(type="anthropic", skill_id="pptx", version="latest"),
]

response = await client.start(
    Conversation().user(
        "Create an Excel file with Q1 sales data, "
        "then create a PowerPoint summarizing the results"
    ),
    skills=skills,
)
