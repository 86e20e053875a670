using Ptewright.Translation;

namespace Ptewright.Explaining;

/// <summary>One entry as a kernel prints it behind a fault: <c>pud=1000000449998003</c>.</summary>
/// <param name="Name">The table that it stands in, as Linux calls it.</param>
/// <param name="Entry">Its 64 bits.</param>
/// <remarks>Linux: <c>show_pte</c> in <c>arch/arm64/mm/fault.c</c>. At which level it stands <see cref="PrintedWalk"/> says.</remarks>
public sealed record PrintedEntry(TableName Name, Descriptor Entry);
