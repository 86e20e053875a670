using Ptewright.Captures;
using Ptewright.Walking;

namespace Ptewright.Tests.Images;

/// <summary>The leaves of a folder, one by one: what other readers' ranges are compared with.</summary>
internal static class FolderLeaves
{
    /// <summary>Every leaf below the kernel's root, in ascending order of address.</summary>
    public static IReadOnlyList<Leaf> Leaves(this TableFolder folder) => BuiltTables.Leaves(folder, folder.Kernel!.Roots().First());
}
